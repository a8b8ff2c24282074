"""Print a greeting with the name that is given as the first argument."""
