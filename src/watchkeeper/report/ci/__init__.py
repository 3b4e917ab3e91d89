"""What CI systems make of a result beside its exit code: a summary, annotations, outputs and a pull request's comment."""
