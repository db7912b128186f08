const { SHOP_NAME, SHOP_CURRENCY } = process.env;
console.log(`${SHOP_NAME} takes ${SHOP_CURRENCY}`);
