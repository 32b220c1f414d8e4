from tests.integration.conftest import internet, pool, run

__all__ = ["internet", "pool", "run"]
