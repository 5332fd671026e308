"""How content the customer was with a contact, from 1 to 5, read from signals of our own."""
