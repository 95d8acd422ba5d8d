"""From a finished draft to the submission and its receipt: files, board, signature, the bid on paper."""
