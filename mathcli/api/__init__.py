"""The engine over HTTP, in the language that other programs speak: OpenAI's, and llama-server's
where that says more. As model `mathcli` the chat endpoint solves; under its own name the model
only writes."""
