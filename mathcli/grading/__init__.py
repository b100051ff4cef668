"""Grading a class: whose answers a sheet holds, what the key says, verdicts, points and totals.

`layout` tells how a sheet is laid out and takes it apart into `Item`s, `joining` finds their right
answers, `judging` compares, `points` and `partial` say what an answer is worth, `totals` adds up.
"""
