"""What the shop sells, and what it gives away: products, and how messages show them."""
