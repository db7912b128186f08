using System.Drawing;
var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
app.UseStaticFiles();
app.MapGet("/health", () => "ok");
app.MapGet("/png", () => {
    using var b = new Bitmap(10, 10);
    using var m = new MemoryStream();
    b.Save(m, System.Drawing.Imaging.ImageFormat.Png);
    return Results.Bytes(m.ToArray(), "image/png");
});
app.MapGet("/invoice", () => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Templates", "invoice.html")));
app.Run();
