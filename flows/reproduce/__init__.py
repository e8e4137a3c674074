"""Published systems rebuilt: the paper's figures beside ours."""
