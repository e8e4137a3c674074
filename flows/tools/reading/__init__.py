"""Files of the user's: hostile or damaged once, so sizes are looked at before anything is made."""
