"""Programs that must not get out, as data: what each tries, and what must come of it."""
