export default function Postcard() {
  return (
    <main>
      <h1>Wish you were here</h1>
      <img src="/stamp.svg" alt="stamp" />
    </main>
  );
}
