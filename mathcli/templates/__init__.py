"""Chat templates: rendered as the models' makers render them, by a process that can be killed.

`environment` is what a template finds, `child` the process that runs it, `bounded` starts that
process and keeps its limits. Nothing here knows of cards or of mathematics.
"""
