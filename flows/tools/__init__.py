"""What has to do with no macro: errors, processes, files, numbers, the terminal."""
