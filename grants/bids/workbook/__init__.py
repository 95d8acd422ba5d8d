"""A bid's projects as a workbook that councils fill in away from the product and send back."""
