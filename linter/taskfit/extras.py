"""The optional parts of taskfit, each with its libraries."""


def installation(extra: str) -> str:
    """How to install an optional part, for the message that it is not installed."""
    return f"pip install 'taskfit[{extra}] @ git+ADDRESS@COMMIT', or pip install '.[{extra}]' in a clone"
