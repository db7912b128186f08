import { serverSideTranslations } from 'next-i18next/serverSideTranslations'
import { load } from '../lib/content'
export async function getServerSideProps({ params, locale }) {
  const { data, content } = load(params.slug)
  return { props: { title: data.title || '', content, ...(await serverSideTranslations(locale, ['common'])) } }
}
export default function Page({ title, content }) { return <main><h1>{title}</h1><pre>{content}</pre></main> }
