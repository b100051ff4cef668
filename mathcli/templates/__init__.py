"""Chat templates: rendered as the models' makers render them, in a process that can be killed.

`environment` is the environment of a template, `child` the process that runs it, `bounded` starts
that process and enforces its limits. Nothing here knows of cards or of mathematics.
"""
