BOT_NAME="prices"
SPIDER_MODULES=["prices.spiders"]
