import Image from 'next/image'
export default function Home() { return <main><Image src='/logo.png' width='100' height='40' alt='' /></main> }
