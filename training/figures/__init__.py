"""Pictures for tables and papers, drawn without a window."""
