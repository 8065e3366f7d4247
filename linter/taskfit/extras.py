"""The optional parts of taskfit, each with libraries of its own."""


def installation(extra: str) -> str:
    """How to install an optional part, for the message that it is missing."""
    return f"pip install 'taskfit[{extra}] @ git+ADDRESS@COMMIT', or pip install '.[{extra}]' in a clone"
