"""Compare methods, data sets and backbones in one table, judged on new identities."""
