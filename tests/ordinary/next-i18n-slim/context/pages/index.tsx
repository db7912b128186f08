import { serverSideTranslations } from "next-i18next/serverSideTranslations";
export const getServerSideProps = async ({ locale }: any) => ({ props: { ...(await serverSideTranslations(locale, ["common"])) } });
export default function Home() { return <h1>hi</h1>; }
