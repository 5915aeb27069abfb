"""A storefront's morning: people, what they do, and what each of them should receive."""
