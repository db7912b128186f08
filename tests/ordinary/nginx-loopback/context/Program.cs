var app = WebApplication.CreateBuilder(args).Build();
app.UseStaticFiles();
app.MapGet("/api/ping", () => new { ok = true });
app.Run();
