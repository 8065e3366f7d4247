"""Rules, profiles and tables: what definitions are checked against."""
