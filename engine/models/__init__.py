"""The face models a user chooses from."""
