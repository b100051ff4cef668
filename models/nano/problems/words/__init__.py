"""Solutions in words, without a program: one module a family, all in one style.

A solution is the problem's rationale, then short steps, then its closing sentence with the box.
`work` says which steps are easy enough; a problem that needs another one gets no words.
"""
