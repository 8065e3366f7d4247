"""From files to definitions: one module per format."""
