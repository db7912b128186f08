import { useTranslation } from 'next-i18next';
import { serverSideTranslations } from 'next-i18next/serverSideTranslations';
export const getServerSideProps = async ({ locale }) => ({ props: await serverSideTranslations(locale, ['common']) });
export default function Home() { const { t } = useTranslation('common'); return <h1 className="p-4">{t('hi')}</h1>; }
