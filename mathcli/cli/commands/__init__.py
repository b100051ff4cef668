"""The commands of `mathcli`, one file each; shared code is in the folder above."""
