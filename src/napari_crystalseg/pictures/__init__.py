"""Pictures of results, and the report: what a person looks at."""
