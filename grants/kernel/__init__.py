"""What every room stands on: money, financial years, the clock, the database, forms. Knows no domain noun."""
