"""The networks of the parts model for one face, evaluated without gradients: the same functions,
in a form that costs a CPU about half."""
