"""``python -m cli`` is ``throughline``."""

from cli.main import main

main()
