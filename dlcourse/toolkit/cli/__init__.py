"""The `dlcourse` command, for whoever takes the course. In Python: `from dlcourse.toolkit.cli.commands import progress`.

`commands` lists them all; each has a module of its own beside it (`checking`, `hints`, `overview`, `watching`, `resetting`,
`submitting`, `storing`, `health`). Student code runs in a process that can be ended (`process`, and `runner` inside of it), and
what is remembered is one small file (`state`).
"""
