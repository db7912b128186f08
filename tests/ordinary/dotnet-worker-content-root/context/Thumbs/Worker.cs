using System.Drawing;
public class Worker : BackgroundService {
    private readonly IConfiguration _c;
    public Worker(IConfiguration c) => _c = c;
    protected override async Task ExecuteAsync(CancellationToken t) {
        var dir = _c["Thumbs:Incoming"] ?? throw new InvalidOperationException("Thumbs:Incoming");
        var mark = Image.FromFile("watermark/mark.png");
        while (!t.IsCancellationRequested) {
            foreach (var f in Directory.GetFiles(dir)) { using var i = new Bitmap(f); using var g = Graphics.FromImage(i); g.DrawImage(mark, 0, 0); i.Save(f + ".thumb.png"); }
            await Task.Delay(5000, t);
        }
    }
}
