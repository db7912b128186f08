from app.main import fahrenheit


def test_water_boils():
    assert fahrenheit(100) == 212
