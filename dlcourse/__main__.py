"""`python -m dlcourse` is `dlcourse`, also where the command is not on the path."""

from dlcourse.toolkit.cli.commands import main

main()
