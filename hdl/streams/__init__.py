"""Parts that every stream may need: queues, forks, constants, widths, arbitration."""
