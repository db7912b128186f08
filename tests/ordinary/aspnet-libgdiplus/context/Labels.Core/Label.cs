using System.Drawing;
namespace Labels.Core;
public static class Label { public static byte[] Png(string s) { using var b = new Bitmap(200, 50); using var g = Graphics.FromImage(b); g.DrawString(s, new Font("DejaVu Sans", 12), Brushes.Black, 0, 0); using var m = new MemoryStream(); b.Save(m, System.Drawing.Imaging.ImageFormat.Png); return m.ToArray(); } }
