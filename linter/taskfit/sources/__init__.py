"""From files to definitions: one module a format."""
