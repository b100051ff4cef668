"""Rendering: turns transcripts, complete or as they grow, into what a reader sees."""
