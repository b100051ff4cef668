"""The commands of `mathcli`, a file each; what several of them need is a folder above."""
