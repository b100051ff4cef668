"""The engine over HTTP, with OpenAI's API and, where that lacks something, llama-server's. The chat
endpoint solves problems under the model name `mathcli`; under its own name the model only writes
text."""
