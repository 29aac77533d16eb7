# Frappe has no types. What mypy must know of it: that `throw` does not come back.
from typing import Any, NoReturn

def throw(
	msg: Any, exc: Any = ..., title: Any = ..., is_minimizable: bool = ..., **kwargs: Any
) -> NoReturn: ...
def __getattr__(name: str) -> Any: ...
