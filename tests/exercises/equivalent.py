"""Changes of a solution that change nothing that is asked for, each with the reason."""

EQUIVALENT: dict[str, str] = {}
