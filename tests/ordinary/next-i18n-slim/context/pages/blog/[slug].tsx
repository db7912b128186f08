import fs from "fs";
import path from "path";
import matter from "gray-matter";

export async function getServerSideProps({ params }: any) {
  const file = path.join(process.cwd(), "content", params.slug + ".md");
  const { data, content } = matter(fs.readFileSync(file, "utf8"));
  return { props: { data, content } };
}
export default function Post({ data, content }: any) { return <article><h1>{data.title}</h1>{content}</article>; }
