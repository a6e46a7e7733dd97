"""The demo shop: a simulated women's-coat shop whose truth is known, written as Taobao would export it."""
