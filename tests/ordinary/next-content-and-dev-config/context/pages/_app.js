import { appWithTranslation } from 'next-i18next'
export default appWithTranslation(({ Component, pageProps }) => <Component {...pageProps} />)
