"""The describers of whole pictures, one a file; `registry` has what each must do."""
