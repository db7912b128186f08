const { i18n } = require('./next-i18next.config');
const headers = require('./lib/headers');
const withBundleAnalyzer = require('@next/bundle-analyzer')({ enabled: process.env.ANALYZE === 'true' });
module.exports = withBundleAnalyzer({ i18n, headers, reactStrictMode: true });
