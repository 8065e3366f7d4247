"""Rules whose condition is an expression in CEL, the Common Expression Language; the library is the extra `cel`."""
