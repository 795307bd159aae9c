"""The experiments of Gu & Pears, section 4, as commands: tables, figures and their baselines."""
