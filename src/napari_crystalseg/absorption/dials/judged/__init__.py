"""A table held against its models: what is completed, doubted or refused."""
